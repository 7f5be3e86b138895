package commands

import (
	"fmt"
	"testing"
)

func TestAValueThatIsRefusedLeavesTheCallAsItWas(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	claire := o.hire("claire.dubois", "commercial")
	client := o.client(claire)
	d := o.desk("claire.dubois")
	call, err := d.call(fmt.Sprintf("client update %d --full-name Anna", client))
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Give("email", "no address"); err == nil {
		t.Fatal("the address was taken")
	}
	if _, given := call.Raw["email"]; given || call.Raw["full-name"] != "Anna" {
		t.Errorf("the call holds %v", call.Raw)
	}
	if err := call.Give("full-name", ""); err == nil || call.Raw["full-name"] != "Anna" {
		t.Errorf("an empty name: %v, %v", err, call.Raw)
	}
	if present, err := call.Present(t.Context(), d.env); err != nil || present.Values["full-name"] != "Anna" {
		t.Errorf("the questions begin with %v: %v", present.Values, err)
	}
}
