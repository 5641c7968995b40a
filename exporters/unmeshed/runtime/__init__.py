"""What exported Unmeshed workers run on; copied into the package together with `exporters.worker`."""
