"""What the Hugging Face hub reads of a run: model cards, evaluation results, uploads."""
