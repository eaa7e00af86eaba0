"""How much of a file the hub is willing to look at."""

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_LINE = 1024 * 1024
MAX_COLUMNS = 64

MAX_ENTRIES = 256
MAX_UNPACKED = 96 * 1024 * 1024
MAX_RATIO = 200
SMALL_ENTRY = 1024 * 1024  # below this a high ratio is harmless
