"""What is done with returns and inspections, each on ports; inspection.workflow is where to start."""
