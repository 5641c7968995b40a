"""Messages through a broker: which channels a call names, what is sent there, and who listens."""
