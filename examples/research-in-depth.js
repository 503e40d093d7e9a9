// The workflow of the manual's first pages: every kind of step that hands data on, handlers, and an output of its own.
const { createWorkflow } = require('dank-ai');
const { AGENT_IDS } = require('./dank.config');

module.exports = {
  workflows: [
    createWorkflow('research-and-summarize-in-depth')
      .setId('550e8400-e29b-41d4-a716-446655440000')
      .setDescription('Research a topic and summarize findings')

      // Sequential steps
      .addStep('fetch-research', {
        type: 'agent',
        agentId: AGENT_IDS.RESEARCH_AGENT,
        action: 'prompt',
        input: {
          prompt: 'Research: {{workflow.input.topic}}',
        },
        output: 'researchData',
      })

      .addStep('analyze-research', {
        type: 'agent',
        agentId: AGENT_IDS.ANALYSIS_AGENT,
        action: 'prompt',
        input: {
          prompt: 'Analyze this research: {{steps.fetch-research.output}}',
          context: '{{steps.fetch-research.output}}',
        },
        output: 'analysisData',
      })

      // Parallel execution
      .addStep('parallel-tasks', {
        type: 'parallel',
        steps: [
          {
            id: 'summarize',
            type: 'agent',
            agentId: AGENT_IDS.SUMMARIZER_AGENT,
            action: 'prompt',
            input: {
              prompt: 'Summarize: {{steps.analyze-research.output}}',
            },
          },
          {
            id: 'generate-keywords',
            type: 'agent',
            agentId: AGENT_IDS.KEYWORD_AGENT,
            action: 'prompt',
            input: {
              prompt: 'Extract keywords from: {{steps.analyze-research.output}}',
            },
          },
        ],
        output: 'parallelResults',
      })

      // Conditional logic
      .addStep('decision', {
        type: 'conditional',
        condition: '{{steps.parallel-tasks.output.summarize.length}} > 500',
        then: 'long-summary',
        else: 'short-summary',
      })

      .addStep('long-summary', {
        type: 'agent',
        agentId: AGENT_IDS.FORMATTER_AGENT,
        action: 'prompt',
        input: {
          prompt: 'Format long summary: {{steps.parallel-tasks.output.summarize}}',
        },
        condition: '{{steps.decision.output}} === "long-summary"',
      })

      .addStep('short-summary', {
        type: 'agent',
        agentId: AGENT_IDS.FORMATTER_AGENT,
        action: 'prompt',
        input: {
          prompt: 'Format short summary: {{steps.parallel-tasks.output.summarize}}',
        },
        condition: '{{steps.decision.output}} === "short-summary"',
      })

      // Switch/case logic
      .addStep('route-by-type', {
        type: 'switch',
        value: '{{workflow.input.type}}',
        cases: {
          research: 'research-path',
          analysis: 'analysis-path',
          summary: 'summary-path',
        },
        default: 'default-path',
      })

      // What the manual's switch leads to, and does not show.
      .addStep('research-path', { type: 'transform', input: '{{steps.fetch-research.output}}' })
      .addStep('analysis-path', { type: 'transform', input: '{{steps.analyze-research.output}}' })
      .addStep('summary-path', { type: 'transform', input: '{{steps.parallel-tasks.output.summarize}}' })
      .addStep('default-path', { type: 'transform', input: '{{steps.parallel-tasks.output}}' })

      // Data transformation
      .addStep('transform-data', {
        type: 'transform',
        input: '{{steps.parallel-tasks.output}}',
        transform: (data) => {
          return {
            summary: data.summarize,
            keywords: data['generate-keywords'],
            timestamp: new Date().toISOString(),
          };
        },
        output: 'finalData',
      })

      // HTTP endpoint call
      .addStep('external-api', {
        type: 'http',
        method: 'POST',
        url: '{{env.API_URL}}/process',
        headers: {
          Authorization: 'Bearer {{env.API_KEY}}',
        },
        body: '{{steps.transform-data.output}}',
        output: 'apiResponse',
      })

      // Wait/delay
      .addStep('wait', {
        type: 'wait',
        duration: 50, // milliseconds
      })

      // Retry logic
      .addStep('retry-step', {
        type: 'agent',
        agentId: AGENT_IDS.UNRELIABLE_AGENT,
        action: 'prompt',
        input: { prompt: '{{workflow.input.topic}}' },
        retry: {
          maxAttempts: 3,
          delay: 1000,
          backoff: 'exponential',
        },
        timeout: 30000,
      })

      // Handlers of steps
      .onStepStart('transform-data', (stepId, context) => {
        console.log(`Starting step: ${stepId}`);
        console.log('Context:', context);
      })

      .onStepComplete('transform-data', (stepId, output, context) => {
        console.log(`Step ${stepId} completed:`, output);
      })

      .onStepError('transform-data', (stepId, error, context) => {
        console.error(`Step ${stepId} failed:`, error);
      })

      // Final output mapping
      .setOutput('{{steps.transform-data.output}}'),
  ],
};
