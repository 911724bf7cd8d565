"""From a `.dmn` file to a `DecisionGraph`, or to all that is wrong with it."""
