"""A worker in a process of its own, for a test to kill: `python worker_to_kill.py DATABASE HOST`."""

import sys
import time

from webhooks.outfit import Outfit

from inspection.store.engine import Database, open_engine

if __name__ == "__main__":
    outfit = Outfit.on(Database(open_engine(sys.argv[1])), {sys.argv[2]})
    outfit.worker("killed").start(lambda: None)
    time.sleep(60)
