/**
 * How a cure asks the Harper at hand for the members that it mends: never for a version number. Pure.
 * Part of every cure that index.ts lists: delete it with the last one.
 */

/** A type, or the number of parameters of a function. */
export type Form = 'function' | 'object' | 'array' | number;

/** The members that a cure needs, by their paths: `server.http`. */
export type Members = Readonly<Record<string, Form>>;

/** What the paths begin with: Harper's `server`, and its class for the table of signs. */
export interface Harper {
	server: object;
	sign: object;
}

/** `absent`: Harper lacks one of the members. `unknown`: it has all of them, and one in another form. */
export type Answer = 'there' | 'absent' | 'unknown';

/** Whether this Harper has the members. One that is absent decides, whatever the form of the others. */
export function ask(harper: Harper, members: Members): Answer {
	const answers = Object.entries(members).map(([path, form]) => answerTo(memberAt(harper, path), form));
	return (['absent', 'unknown'] as const).find((answer) => answers.includes(answer)) ?? 'there';
}

/** The members with this answer, in words: what is needed, and what was found. */
const differences = (harper: Harper, members: Members, answer: Answer): string[] =>
	Object.entries(members).flatMap(([path, form]) => {
		const member = memberAt(harper, path);
		return answerTo(member, form) === answer ? [`${path} must be ${words(form)}, and is ${found(member)}`] : [];
	});

function answerTo(member: unknown, form: Form): Answer {
	if (member === undefined || member === null) return 'absent';
	if (typeof form === 'number') return typeof member === 'function' && member.length === form ? 'there' : 'unknown';
	return (form === 'array' ? Array.isArray(member) : typeof member === form) ? 'there' : 'unknown';
}

const memberAt = (harper: Harper, path: string): unknown => path.split('.').reduce(memberOf, harper as unknown);

function memberOf(owner: unknown, name: string): unknown {
	try {
		return Object(owner)[name];
	} catch {
		return undefined; // the prototype of Harper's rows throws for a name that it does not have
	}
}

const words = (form: Form) => (typeof form === 'number' ? `a function with ${form} parameters` : `of type ${form}`);
function found(member: unknown): string {
	if (member === undefined || member === null) return 'absent';
	return typeof member === 'function' ? words(member.length) : words(typeof member as Form);
}

export interface Plan<Name> {
	present: Name[];
	absent: Name[];
	/** Why the application must not start. */
	problems: string[];
}

/**
 * What the questions of the cures come to.
 * @param required without these the application would write wrongly on a Harper that has the member at this path
 */
export function planFor<Name extends string>(
	harper: Harper,
	questions: Record<Name, Members>,
	required: Partial<Record<Name, string>>
): Plan<Name> {
	const names = Object.keys(questions) as Name[];
	const withAnswer = (answer: Answer) => names.filter((name) => ask(harper, questions[name]) === answer);
	const absent = withAnswer('absent');
	const missing = absent.filter((name) => isThere(harper, required[name]));
	const problem = (answer: Answer) => (name: Name) =>
		`${name}: ${differences(harper, questions[name], answer).join(', ')}`;
	return {
		present: withAnswer('there'),
		absent,
		problems: [...missing.map(problem('absent')), ...withAnswer('unknown').map(problem('unknown'))],
	};
}

const isThere = (harper: Harper, path: string | undefined) =>
	path !== undefined && (memberAt(harper, path) ?? undefined) !== undefined;
