package demo

import (
	"testing"
	"time"

	"epev/data"
	"epev/model"
)

// One company is there twice, and nothing belongs to the younger one yet.
func TestSampleHasACompanyTwice(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, now time.Time, s data.Sample) {
		last := s.Companies[len(s.Companies)-1]
		if last.ID != int64(len(s.Companies)) || model.Fold(last.Name)+" sas" != model.Fold(s.Companies[8].Name) {
			t.Errorf("the last company is %d, %s", last.ID, last.Name)
		}
		for _, c := range s.Clients {
			if c.CompanyID != nil && *c.CompanyID == last.ID {
				t.Errorf("client %d is of company %d", c.ID, last.ID)
			}
		}
	})
}
