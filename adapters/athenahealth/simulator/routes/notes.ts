import type { EmrAnswer } from '#simulator-kit/index.ts';
import { apiStamp, recordNote } from '../appointment-book.ts';
import { EASTERN, usDateTime } from '../clock.ts';
import { unavailable } from '../error.ts';
import { addNote, notesOf } from '../note-book.ts';
import { recordOf } from '../slot-book.ts';
import type { Appointment, AthenaCall, Method, Note } from '../tables.ts';
import { answer } from '../wire/json.ts';

export const noteMethods: readonly Method[] = [
  { verb: 'GET', template: '/appointments/{appointmentid}/notes', handle: listNotes },
  { verb: 'POST', template: '/appointments/{appointmentid}/notes', handle: createNote },
  { verb: 'PUT', template: '/appointments/{appointmentid}/notes/{noteid}', handle: changeNote },
  { verb: 'DELETE', template: '/appointments/{appointmentid}/notes/{noteid}', handle: deleteNote },
];

/** Those of a cancelled appointment count as deleted. */
function listNotes(call: AthenaCall): EmrAnswer {
  const row = appointment(call);
  const showDeleted = call.parameters.flag('showdeleted') ?? false;
  const zone = call.settings.unstatedZone === 'eastern' ? EASTERN : call.practice.timeZone;
  const notes = notesOf(call, row.id)
    .filter(({ deleted }) => showDeleted || !(deleted || row.status === 'x'))
    .map(({ id, text, created, displayOnSchedule }) => ({
      noteid: id,
      notetext: text,
      created: usDateTime(created.at, zone),
      createdby: created.by,
      displayonschedule: String(displayOnSchedule),
    }));
  return answer(call, { totalcount: notes.length, notes });
}

function createNote(call: AthenaCall): EmrAnswer {
  const { parameters } = call;
  parameters.require('notetext');
  const row = appointment(call);
  const shown = parameters.flag('displayonschedule') ?? false;
  addNote(call, row.id, parameters.text('notetext') ?? '', apiStamp(call), shown);
  recordNote(call, row, 'api');
  return answer(call, { success: 'true' });
}

function changeNote(call: AthenaCall): EmrAnswer {
  const { parameters } = call;
  parameters.require('notetext');
  return write(call, (note) => ({
    ...note,
    text: parameters.text('notetext') ?? note.text,
    displayOnSchedule: parameters.flag('displayonschedule') ?? note.displayOnSchedule,
  }));
}

function deleteNote(call: AthenaCall): EmrAnswer {
  return write(call, (note) => ({ ...note, deleted: true }));
}

function write(call: AthenaCall, change: (note: Note) => Note): EmrAnswer {
  const row = appointment(call);
  const note = notesOf(call, row.id).find(({ id, deleted }) => id === call.path.noteid && !deleted);
  if (note === undefined) throw unavailable();
  call.db.table('notes').put(note.id, change(note));
  recordNote(call, row, 'api');
  return answer(call, { success: 'true' });
}

function appointment(call: AthenaCall): Appointment {
  const row = recordOf(call, call.path.appointmentid ?? '');
  if (row === undefined) throw unavailable();
  return row;
}
