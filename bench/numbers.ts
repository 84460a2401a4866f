/** Numeric options of a command line: their defaults, bounds and checks. Pure. */

export interface Rule {
	default: number;
	/** The default with `--quick`. */
	quick?: number;
	min: number;
	max: number;
	/** Whether the number may have a fraction. */
	isFraction?: boolean;
	/** Text for `--help`. */
	help: string;
}

/** `viewersPort` becomes `viewers-port`. */
const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The options for `parseArgs`. */
export const textOptions = (rules: Record<string, Rule>) =>
	Object.fromEntries(Object.keys(rules).map((name) => [flag(name), { type: 'string' as const }]));

/** The text of `--help`: one line per option. */
export const usageOf = (rules: Record<string, Rule>) =>
	Object.entries(rules)
		.map(([name, { help, default: value }]) => `  --${flag(name).padEnd(18)}${help} (${value})`)
		.join('\n');

/** @throws when a value is no number or out of bounds; the message names the option, its bounds and the value */
export function readNumbers<Name extends string>(rules: Record<Name, Rule>, values: object, isQuick = false) {
	const given = values as Record<string, string | undefined>;
	const names = Object.keys(rules) as Name[];
	return Object.fromEntries(
		names.map((name) => [name, readNumber(flag(name), rules[name], given[flag(name)], isQuick)])
	) as Record<Name, number>;
}

function readNumber(name: string, rule: Rule, text: string | undefined, isQuick: boolean): number {
	if (text === undefined) return (isQuick ? rule.quick : undefined) ?? rule.default;
	const number = Number(text);
	const isValid = rule.isFraction ? !Number.isNaN(number) : Number.isInteger(number);
	if (text.trim() && isValid && number >= rule.min && number <= rule.max) return number;
	const kind = rule.isFraction ? 'number' : 'whole number';
	throw new Error(`--${name} must be a ${kind} from ${rule.min} to ${rule.max}, got "${text}"`);
}
