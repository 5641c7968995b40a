// Says in words how a step or a link was found, from the short name of the rule that found it.

const RULES = {
  resolved: "its name leads here through the file's imports and definitions",
  "method of the class": "a method of the class that the object is known to be of",
  "passed by the caller": "the caller passed this function on",
  constructor: "the class is called, and this runs for the new object",
  "override in a subclass": "a subclass of the object's class has its own method of this name",
  "only method of this name": "the only method of this name in the code; what the object is, is not known",
  read: "the attribute that is read is a function of its class",
  decorator: "a decorator puts it around the function",
  router: "a router of the framework registers it",
};
/** For rules whose text has a name in it: how it begins or looks, and what is said then. */
const RULE_FORMS = [
  [/^([A-Za-z_]\w*(?:\(\))?(?:\.\w+(?:\(\))?)+)$/, "a call of $1, which the catalog knows"],
  [/^relation (\S+)$/, "the relation $1 of a model"],
  [/^(decorator|field|url pattern) (\S+:\d+)$/, "the $1 at $2"],
  [/^registering call (\S+:\d+)$/, "the call at $1 registers it"],
  [/^registered view (\S+)$/, "the view $1 is registered"],
  [/^management command (\S+)$/, "the file $1 is a management command"],
];

const foundBy = (rule) => {
  if (Object.hasOwn(RULES, rule)) return RULES[rule];
  const form = RULE_FORMS.find(([pattern]) => pattern.test(rule));
  return form ? rule.replace(...form) : rule;
};
