"""YAML files whose values know where they stand. Wraps PyYAML; nothing else imports it.

text --parse--> Document: plain data, and the place of each value          for settings, lexicons and declared things
text --compose--> Node: a tree with the span of every node in the text      for rules, which are edited where they stand

Both read plain values as YAML 1.2's core schema does: `NO` is Norway, `22:30` a time of day written as text.
"""

from service.adapters.yamlfile.document import Document, Keys, Position, is_there, load, parse, text_of
from service.adapters.yamlfile.tree import BadYaml, Items, Node, Pairs, Scalar, compose, is_text, plain

__all__ = [
    "BadYaml",
    "Document",
    "Items",
    "Keys",
    "Node",
    "Pairs",
    "Position",
    "Scalar",
    "compose",
    "is_text",
    "is_there",
    "load",
    "parse",
    "plain",
    "text_of",
]
