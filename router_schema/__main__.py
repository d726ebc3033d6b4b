"""``python -m router_schema``: the command line."""

from ._cli import main

raise SystemExit(main())
