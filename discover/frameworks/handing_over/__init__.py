"""Where control goes on to: dispatches, sent signals, callbacks, hooks, canvases, own event buses."""
