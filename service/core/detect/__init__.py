"""Does an entry speak of a strike, of talks, of both, and is it news?

A grammar of patterns over the words of a lexicon, no model: what fired can be shown, and an operator can add a word.
The face is `detect`, and `explain` for those who ask why. Inside, from the bottom: `rules` and
`parleys` (the grammar, put together by `grammar`), `weigh`
(which rules fired, how sure they make us), `lead` (told at once, or in passing), `doubts` (what speaks against it being
new, and what else it could be), `calibrate` (what a confidence promises), `stance` (told, denied, taken back), `body`
(what long texts add).
"""

from service.core.detect.explain import Account, explain
from service.core.detect.verdict import detect

__all__ = ["Account", "detect", "explain"]
