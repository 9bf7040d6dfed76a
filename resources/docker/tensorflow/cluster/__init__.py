"""How work is done by several processes on a Ray cluster."""
