"""For a WSGI server with one process and many threads: switches and webhooks live in it.

`granian --interface wsgi --workers 1 --blocking-threads 16 simulator.wsgi:app`
"""

from simulator import create_app
from simulator.config import Settings

app = create_app(Settings())
