"""What Camunda 7's REST and Camunda 8's have in common: what requests ask for, refusals, times, files, and marks."""
