"""What `undercurrent serve` does: the page on this machine's own address, made again whenever the code changes."""
