"""The report page: one HTML file with every figure and answer of one run or of several."""
