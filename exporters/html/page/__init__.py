"""The page around the index, the map and the views: its document, its style, what starts it."""
