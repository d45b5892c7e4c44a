// Says what stood in the way of asking: no zone cut, a loop, a server without an address.

enum SurveyProblemCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        survey.problems.map { problem in
            let nature = problem.code.nature
            return Finding(
                problem.code.rawValue,
                nature.severity,
                subject: "\(survey.record)",
                saw: problem.text,
                wanted: problem.wanted,
                advice: nature.advice,
                reproduce: problem.reproduce ?? DigLine.trace(survey.record.name)
            )
        }
    }
}
