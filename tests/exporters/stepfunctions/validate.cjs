// Asks asl-validator whether documents are state machines: `node validate.cjs NODE_MODULES FILE…`; silent when all are.
const fs = require("fs");
const path = require("path");
const [modules, ...files] = process.argv.slice(2);
const validate = require(path.join(modules, "asl-validator"));
for (const file of files) {
  const { isValid, errorsText } = validate(JSON.parse(fs.readFileSync(file, "utf8")), { checkArn: true });
  if (!isValid) {
    console.log(`${file}: ${errorsText("; ")}`);
    process.exitCode = 1;
  }
}
