"""The leaderboard's pages: Markdown and one self-contained HTML file."""
