"""An example gateway: completions from an upstream server, checked, metered and forwarded."""
