package chaos

import "time"

// Again says when the last read of those asked for since an end failed, or the end itself when none did; false as long as not so
// many in a row have gone well since.
func Again(readings []Reading, end time.Time, row int) (again time.Time, known bool) {
	again = end
	good := 0
	for _, r := range readings {
		switch {
		case r.Asked.Before(end):
		case r.Err != "":
			good = 0
			if r.Answered.After(again) {
				again = r.Answered
			}
		default:
			good++
		}
	}
	return again, good >= row
}
