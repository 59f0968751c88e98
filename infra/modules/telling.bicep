// How an alert speaks: what is the case, what people notice, where to look first, and the page that says what to do.

@export()
@description('Severity of what somebody gets up for.')
var wake = 1

@export()
@description('Severity of what is read in the morning.')
var morning = 3

@export()
@description('The text of an alert. `look` is the title of a saved query (views.bicep).')
func told(says string, noticed string, look string, page string) string =>
  '${says}\nPeople notice: ${noticed}\nFirst look: saved query "${look}"\nWhat to do: docs/operations.md#${page}'
