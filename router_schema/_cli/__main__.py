"""``python -m router_schema._cli``: the command line."""

from . import main

raise SystemExit(main())
