"""AWS Step Functions: a state machine per run (ASL with JSONata), a Lambda handler, and a SAM template around them."""
