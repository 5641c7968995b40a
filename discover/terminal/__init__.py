"""What a reader sees in a terminal: text from the model, safe whatever the analysed code put into it."""
