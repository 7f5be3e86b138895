package model

import (
	"slices"
	"strings"
)

// Nearest returns the candidate that whoever typed word most likely meant: the only one that begins with word, or else
// the closest, and of equals the first. It is at most two edits (insertion, deletion, replacement or swap of neighbours)
// and fewer than half the characters of word away. Case and accents do not count. It reports false when nothing is near.
func Nearest(word string, candidates []string) (string, bool) {
	word = Fold(word)
	if word == "" {
		return "", false
	}
	// One beyond the allowed distance: the limit is two, and less than half of the word.
	typed := []rune(word)
	best := min(3, (len(typed)+1)/2)
	var nearest, completed string
	prefixed := 0
	for _, c := range candidates {
		folded := Fold(c)
		if strings.HasPrefix(folded, word) {
			prefixed++
			completed = c
		}
		wanted := []rune(folded)
		if longer := len(typed) - len(wanted); longer >= best || -longer >= best {
			continue // each character more is an edit; a word may be a whole file
		}
		if d := distance(typed, wanted); d < best {
			best, nearest = d, c
		}
	}
	if prefixed == 1 {
		return completed, true
	}
	return nearest, nearest != ""
}

// Closest returns the candidate with the fewest edits from word, however many; of equals the first.
func Closest(word string, candidates []string) string {
	edits := func(c string) int { return distance([]rune(Fold(word)), []rune(Fold(c))) }
	return slices.MinFunc(candidates, func(a, b string) int { return edits(a) - edits(b) })
}

// distance is the Damerau–Levenshtein distance in its restricted form (optimal string
// alignment): no part is edited twice.
func distance(a, b []rune) int {
	// Three rows of the matrix suffice: a swap looks back two.
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older, old, row = old, row, older
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := old[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, old[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
