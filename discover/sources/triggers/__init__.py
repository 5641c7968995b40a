"""Triggers outside Python code, one module per format; `registry.FORMATS` lists them."""
