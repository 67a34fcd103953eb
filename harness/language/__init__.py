"""What English answers do: cues of refusal, the stance they take, the facts that they convey."""
