"""What several exporters share: words, the structure of diagrams, and their geometry."""
