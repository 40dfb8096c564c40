"""Watch rules from their YAML files. The files are the truth; what is wrong in one never stops another.

folders --load--> RuleSet(rules, errors, unreadable, lists)          RuleBook: the same, kept up to date
text    --set_field, replace_rule, add_rule, remove_rule--> text         edits, on the hash of what they are based on
text    --locked, put_file--> file                                       whole or not at all, by one at a time
accepted texts --SharedBook--> RuleSet                                   where the files are on another machine
"""

from service.adapters.rulefiles.book import RuleBook, load, load_paths
from service.adapters.rulefiles.disk import OnDisk, can_write, locked, or_as_before, put_file, read_file
from service.adapters.rulefiles.excerpt import excerpt, pointed
from service.adapters.rulefiles.reading import RULE_KEYS
from service.adapters.rulefiles.schema import schema
from service.adapters.rulefiles.shared import SharedBook
from service.adapters.rulefiles.snippet import read_snippet, shown, with_test
from service.adapters.rulefiles.splice import add_rule, find, remove_rule, replace_rule, rule_hash, set_field

__all__ = [
    "RULE_KEYS",
    "OnDisk",
    "RuleBook",
    "SharedBook",
    "add_rule",
    "can_write",
    "excerpt",
    "find",
    "load",
    "load_paths",
    "locked",
    "or_as_before",
    "pointed",
    "put_file",
    "read_file",
    "read_snippet",
    "remove_rule",
    "replace_rule",
    "rule_hash",
    "schema",
    "set_field",
    "shown",
    "with_test",
]
