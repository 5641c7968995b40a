"""Generated Python that several engines share: the steps' functions, the plan of the workers, the flow of each run."""
