"""What the code touches outside itself: services, tables, stores and queues, and who touches each."""
