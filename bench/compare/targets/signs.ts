/** What all targets store: the fields of a sign that writers set. */
import { DEFAULTS } from '../../../sign/fields.ts';

/** A complete sign without the fields of the server and of the device. */
export const signOf = (message: string) => ({ ...DEFAULTS, message, location: 'hall' });

export const putBody = (_id: string, message: string) => JSON.stringify(signOf(message));
