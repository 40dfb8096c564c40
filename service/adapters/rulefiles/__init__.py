"""Watch rules from their YAML files. The files are the truth; what is wrong in one never stops another.

folders --load--> RuleSet(rules, errors, unreadable, lists)          RuleBook: the same, kept up to date
text    --set_field, replace_rule, add_rule, remove_rule--> text         edits, on the hash of what they are based on
"""

from service.adapters.rulefiles.book import RuleBook, load, load_paths
from service.adapters.rulefiles.excerpt import excerpt
from service.adapters.rulefiles.schema import schema
from service.adapters.rulefiles.splice import add_rule, remove_rule, replace_rule, rule_hash, set_field

__all__ = [
    "RuleBook",
    "add_rule",
    "excerpt",
    "load",
    "load_paths",
    "remove_rule",
    "replace_rule",
    "rule_hash",
    "schema",
    "set_field",
]
