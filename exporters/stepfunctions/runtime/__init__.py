"""What the Lambda function of an exported package runs; copied into it."""
