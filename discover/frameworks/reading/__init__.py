"""Code as one caller sees it: what is evaluated, put together, handed on and looped over, before any rule."""
