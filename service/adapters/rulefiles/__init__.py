"""Watch rules from their YAML files. Wraps PyYAML. The files are the truth; what is wrong in one never stops another.

folders --load--> RuleSet(rules, errors, unreadable, lists)          RuleBook: the same, kept up to date
"""

from service.adapters.rulefiles.book import RuleBook, load, load_paths
from service.adapters.rulefiles.excerpt import excerpt

__all__ = ["RuleBook", "excerpt", "load", "load_paths"]
