"""What counting alone reaches: n-grams of characters, fitted on what the model may see, measured on the held-out part."""
import math
from collections import defaultdict


def ngram_bits(seen, held_out, vocabulary, order):
    """
    Bits per character of an interpolated n-gram with Witten-Bell smoothing (Witten and Bell 1991): each order mixes its
    relative frequencies with the order below, by the number of distinct successors; at the bottom lies the uniform
    distribution. Contexts never reach before the held-out part, just as the state of the model starts at zero there.

    order  characters of context: 0 counts single characters, 1 pairs
    """
    counts = [defaultdict(lambda: defaultdict(int)) for _ in range(order + 1)]
    for context, table in enumerate(counts):
        for end in range(context, len(seen)):
            table[seen[end - context:end]][seen[end]] += 1
    totals = [{key: sum(following.values()) for key, following in table.items()} for table in counts]
    bits = 0.0
    for position in range(1, len(held_out)):
        probability = 1 / len(vocabulary)
        for context in range(min(order, position) + 1):
            key = held_out[position - context:position]
            following = counts[context].get(key)
            if following is None:
                break
            distinct = len(following)
            probability = (following.get(held_out[position], 0) + distinct * probability) / (totals[context][key] + distinct)
        bits -= math.log2(probability)
    return bits / (len(held_out) - 1)
