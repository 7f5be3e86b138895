package commands

// Contracts whose amounts a predecessor left and nobody has mended yet.

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"epev/model"
)

// toMend is the Conflict of a contract that changes in no other field before its amounts are mended, and nil of any other.
func toMend(ctx context.Context, e *Act, c model.Contract) *model.Error {
	after := c
	if amountsAgree(ctx, e, &c, &after, given{}) == nil {
		return nil
	}
	return unmended(c)
}

// unmended is the Conflict of a contract of which nothing can be paid before its amounts are mended, and nil of any other.
func unmended(c model.Contract) *model.Error {
	var told *model.Error
	errors.As(c.Mended(), &told)
	return told
}

// mending is the command that mends a contract of the actor's, or shows it to who may not. The total of a signed one is not theirs to
// change with the scoped right (SPEC 5, rule 5).
func mending(e *Act, c model.Contract, broken *model.Error) string {
	why, _ := broken.Facts["why"].(model.Fault)
	ofTotal := slices.Contains([]model.Fault{"total-no-number", "total-below-zero", "amounts-not-in-cents"}, why)
	if !e.able("contract", "update") || c.IsSigned && ofTotal && !e.reach("contract", "update").Any {
		return fmt.Sprintf("contract view %d", c.ID)
	}
	return broken.Try[0]
}
