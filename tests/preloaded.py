"""What processes that fork have ready: the service's modules, its lexicons, its borders, and the model of languages."""

import gc
from importlib import import_module

from service import resources
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.adapters.maps import Cartographer
from service.cli.main import COMMANDS

for name in sorted(set(COMMANDS.values())):
    import_module(f"service.cli.{name}")
load_lexicons([resources.shipped("config") / "lexicon"])
TextLanguage()
assert Cartographer(resources.shipped("config") / "map" / "countries.json").countries
gc.freeze()  # so that looking for garbage does not copy it all into each process
