import type { DemoPractice } from './demo-file.ts';
import type { DemoOffice } from './offices.ts';

/**
 * A call of a voice agent as shell commands: token, patient, opening, booking, reading, cancelling, and what the EMR's
 * own book says. It needs curl, grep and sed, works when pasted into bash and zsh (so: no comments, no `!`), and names no
 * date, so that it works on any day.
 */
export function pastedStory(url: string, practice: DemoPractice, office: DemoOffice): string {
  const { agent, simulator } = practice;
  const { given, family, birthDate } = office.caller;
  const person = JSON.stringify({ resourceType: 'Patient', name: [{ family, given: [given] }], birthDate });
  return `\
FHIR='${url}/fhir/R4'
JSON='Content-Type: application/fhir+json'
fhir() { curl -sS -H "Authorization: Bearer $TOKEN" "$@"; }
first() { grep -o "\\"$1\\":\\"[^\\"]*\\"" | sed -e 's/^[^:]*:"//' -e 's/"$//' -e q; }

echo '1. The agent gets an access token. It is good for ten minutes and for scheduling only.'
TOKEN=$(curl -sS -u '${agent.client_id}:${agent.client_secret}' -d grant_type=client_credentials '${agent.token_endpoint}' | first access_token)

echo '2. Who calls? ${given} ${family}, born ${birthDate}: an invented patient of ${practice.name}.'
PATIENT=$(fhir -H "$JSON" -d '${person}' "$FHIR/Patient/\\$match" | first id)
echo "   Patient/$PATIENT"

echo '3. When is there time for "${office.visitType}" in the next two weeks?'
OFFER=$(fhir "$FHIR/Appointment/\\$find?visit-type=${office.visitType}&_count=1")
SLOT=$(first id <<< "$OFFER")
echo "   First opening: $(first start <<< "$OFFER")"

echo '4. Book it. The answer comes when the EMR has been read back, so it takes some seconds.'
BOOKED=$(fhir -H "$JSON" -H "Idempotency-Key: $(date +%s)" -d '{"resourceType":"Parameters","parameter":[{"name":"appointment-reference","valueReference":{"reference":"Appointment/'"$SLOT"'"}},{"name":"patient-resource","resource":{"resourceType":"Patient","id":"'"$PATIENT"'"}}]}' "$FHIR/Appointment/\\$book")
APPOINTMENT=$(first id <<< "$BOOKED")
VERSION=$(first versionId <<< "$BOOKED")
echo "   Appointment/$APPOINTMENT: $(first status <<< "$BOOKED")"

echo '5. Read the appointments of this patient, as the EMR has them.'
FOUND=$(fhir "$FHIR/Appointment?patient=Patient/$PATIENT&status=booked")
TOTAL=$(grep -o '"total":[0-9]*' <<< "$FOUND" | sed 's/.*://')
echo "   $TOTAL booked; the first is at $(first start <<< "$FOUND")"

echo '6. Cancel it, unless somebody has changed it meanwhile.'
CANCELLED=$(fhir -X PATCH -H 'Content-Type: application/json-patch+json' -H "If-Match: W/\\"$VERSION\\"" -d '[{"op":"replace","path":"/status","value":"cancelled"}]' "$FHIR/Appointment/$APPOINTMENT")
echo "   Appointment/$APPOINTMENT: $(first status <<< "$CANCELLED")"

echo '7. What was written last into the book of the EMR itself, and by whom:'
curl -sS '${simulator.url}/__sim/ledger' | grep -o '"at":"[^"]*","by":"api","action":"[a-z]*"' | sed -n -e 's/^/   /' -e '$p'
`;
}
