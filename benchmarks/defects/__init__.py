"""Thirteen defects that routers produce, planted in a log, and which of them each tool reports."""
