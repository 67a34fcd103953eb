"""Reference tables (the paper's), committed runs, the leaderboard. Data only."""
