"""Judging: verdicts in both orders, win rates, strengths, and the audit that says what they are worth."""
