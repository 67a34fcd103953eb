// The words in which two texts differ.

const MOST = 1500;

/** A text's words with the space that follows each. */
export function words(text) {
  return text.match(/\S+\s*|\s+/gu) ?? [];
}

/**
 * The text in parts, [words, whether they are missing from the other text] each; null where it is too long to tell.
 * By the longest common subsequence of words, without regard to case or the punctuation around them.
 */
export function differing(text, other) {
  const [ours, theirs] = [words(text), words(other)];
  if (ours.length > MOST || theirs.length > MOST) return null;
  const [a, b] = [ours.map(bare), theirs.map(bare)];
  const kept = common(a, b);
  const parts = [];
  for (let at = 0; at < ours.length; at += 1) {
    const marked = !kept[at] && a[at] !== "";
    if (parts.length && parts.at(-1)[1] === marked) parts.at(-1)[0] += ours[at];
    else parts.push([ours[at], marked]);
  }
  return parts;
}

function bare(word) {
  const plain = word.trim().toLowerCase();
  return plain.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") || plain;
}

/** For each word of a, whether it is part of the longest common subsequence with b. */
function common(a, b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const kept = new Array(a.length).fill(false);
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      kept[i] = true;
      i += 1;
      j += 1;
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}
